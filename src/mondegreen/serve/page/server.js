// Requests to the server that this page came from, wherever a proxy shows it.
const KEY = "mondegreen-token";

export const address = (path) => new URL(path, document.baseURI);
export const token = () => sessionStorage.getItem(KEY) ?? "";
export const keepToken = (value) => sessionStorage.setItem(KEY, value);

export async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (token()) headers.authorization = `Bearer ${token()}`;
  const reply = await fetch(address(path), { ...options, headers });
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `the server answers ${reply.status}`), {
    status: reply.status, problem,
  });
}

export function explain(error) {
  if (error.name === "NotAllowedError") {
    return "The browser does not let this page use the microphone. Allow it beside the address.";
  }
  if (error.name === "NotFoundError") return "There is no microphone.";
  if (error instanceof TypeError) return "The server does not answer.";
  return error.message;
}
