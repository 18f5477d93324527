"""Plug-ins by name: one registry for everything that third parties may add.

A package adds an engine, an encoder, a voice, … with an entry point in the group of its kind; what
ships with mondegreen is imported when it is asked for, so that listing names costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .errors import MondegreenError, SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that is spelled most like `name`; None when none comes near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(names), n=1)), None)


def nearest(name: str, names: Iterable[str]) -> str:
    """ "; did you mean X?" for the closest of `names`, else "; known: …" (at most ten)."""
    listed = list(names)
    near = closest(name, listed)
    if near is not None:
        return f"; did you mean {near!r}?"
    shown = ", ".join(listed[:10]) + (", …" if len(listed) > 10 else "")
    return f"; known: {shown}" if listed else "; none are defined"


@dataclass(frozen=True)
class Registry(Generic[T]):
    """Plug-ins of one kind by name: ours, and those that installed packages register."""

    group: str
    """The entry-point group, such as `mondegreen.encoders`."""
    kind: str
    """What one of them is called in messages: "encoder"."""
    ours: Mapping[str, str] = field(default_factory=dict)
    """Name to "module:attribute" of what ships; a third party cannot take such a name."""
    listing: str = ""
    """What lists the names, where they are too many for a message: "'… --voices' lists them"."""

    def names(self) -> list[str]:
        """Every name that `get` accepts: ours in their order, then the others sorted."""
        return [*self.ours, *sorted(self._installed())]

    def __contains__(self, name: object) -> bool:
        return name in self.ours or name in self._installed()

    def get(self, name: str) -> T:
        """The plug-in of that name.

        Raises SettingsError for an unknown name, saying which come near, and MondegreenError,
        naming the package, when an installed plug-in cannot be imported.
        """
        if name in self.ours:
            module, _, attribute = self.ours[name].partition(":")
            plugin: Any = import_module(module)
            for part in attribute.split("."):
                plugin = getattr(plugin, part)
            return cast(T, plugin)
        point = self._installed().get(name)
        if point is None:
            raise SettingsError(self._unknown(name))
        try:
            return cast(T, point.load())
        except Exception as error:
            package = point.dist.name if point.dist else point.value
            raise MondegreenError(
                f"the {self.kind} {point.name!r} of the package {package!r} cannot be loaded "
                f"({error!r}); update or remove that package"
            ) from error

    def each(self) -> Iterator[tuple[str, T]]:
        """Every name with its plug-in, ours first; each is imported when its turn comes.

        Raises as `get` does.
        """
        for name in self.ours:
            yield name, self.get(name)
        for name in sorted(self._installed()):
            yield name, self.get(name)

    def make(self, spec: str, **options: Any) -> Any:
        """What the plug-in named by `spec` makes when it is called.

        `NAME:ARGUMENT` gives the first argument where only a text is accepted, as in
        `transformers:FOLDER`; `options` go along by name. Raises SettingsError, beside what `get`
        raises, for arguments that the plug-in does not take.
        """
        name, _, argument = spec.partition(":")
        return self.call(name, *([argument] if argument else []), **options)

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """What the plug-in of that name makes of these arguments; see `make`."""
        from inspect import signature

        maker = cast(Callable[..., Any], self.get(name))
        takes = signature(maker)
        try:  # before the call: a TypeError from inside a constructor is another matter
            takes.bind(*arguments, **options)
        except TypeError as error:
            unwanted = [option for option in options if not self.takes(name, option)]
            reason = (
                f"takes no {' and no '.join(map(repr, unwanted))}"
                if unwanted
                else f"cannot be made with these options: {error}"
            )
            raise SettingsError(
                f"{self.kind} {_spec(name, arguments)!r} {reason}; {name} takes: "
                f"{', '.join(takes.parameters) or 'nothing'} (NAME:ARGUMENT gives the first)"
            ) from error
        return maker(*arguments, **options)

    def takes(self, name: str, option: str) -> bool:
        """Whether the plug-in of that name takes the option `option`. Raises as `get` does."""
        from inspect import Parameter, signature

        parameters = signature(cast(Callable[..., Any], self.get(name))).parameters
        anything = any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values())
        return anything or option in parameters

    def _installed(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points  # 20 ms, and names of ours need none

        points = {point.name: point for point in entry_points(group=self.group)}
        return {name: point for name, point in points.items() if name not in self.ours}

    def _unknown(self, name: str) -> str:
        names = self.names()
        # "slt" is not spelled like "flite-slt", and yet it is meant.
        near = closest(name, names) or next((n for n in sorted(names) if name and name in n), None)
        hint = f" did you mean {near!r}?" if near else ""
        listing = self.listing or f"known {self.kind}s: {', '.join(names) or 'none'}"
        return f"unknown {self.kind} {name!r};{hint} {listing}"


def _spec(name: str, arguments: tuple[Any, ...]) -> str:
    return ":".join([name, *map(str, arguments)])
