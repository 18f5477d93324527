"""Plug-ins by name: one registry for everything that third parties may add.

A package adds an engine, an encoder, a voice, … with an entry point in the group of its kind; what
ships with mondegreen is imported when it is asked for, so that listing names costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from typing import Any, Generic, TypeVar, cast

from .errors import MondegreenError, SettingsError

T = TypeVar("T")


def nearest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean X?" for the closest known name, else "; known: …" (at most ten)."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    listed = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"; known: {listed}" if names else "; none are defined"


@dataclass(frozen=True)
class Registry(Generic[T]):
    """Plug-ins of one kind by name: ours, and those that installed packages register."""

    group: str
    """The entry-point group, such as `mondegreen.encoders`."""
    kind: str
    """What one of them is called in messages: "encoder"."""
    ours: Mapping[str, str] = field(default_factory=dict)
    """Name to "module:attribute" of what ships; a third party cannot take such a name."""

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
            known = self.names()
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise SettingsError(
                f"unknown {self.kind} {name!r}; {hint}known: {', '.join(known) or 'none'}"
            )
        try:
            return cast(T, point.load())
        except Exception as error:
            package = point.dist.name if point.dist else point.value
            raise MondegreenError(
                f"the {self.kind} {point.name!r} of the package {package!r} cannot be loaded "
                f"({error!r}); update or remove that package"
            ) from error

    def all(self) -> dict[str, T]:
        """Every plug-in by name, all of them imported. Raises as `get` does."""
        return {name: self.get(name) for name in self.names()}

    def make(self, spec: str, **options: Any) -> Any:
        """What the plug-in named by `spec` makes when it is called.

        `NAME:ARGUMENT` gives the first argument where only a text is accepted, as in
        `transformers:FOLDER`; `options` go along by name. Raises SettingsError, beside what `get`
        raises, for arguments that the plug-in does not take.
        """
        name, _, argument = spec.partition(":")
        maker = cast(Callable[..., Any], self.get(name))
        arguments = [argument] if argument else []
        takes = signature(maker)
        try:  # before the call: a TypeError from inside a constructor is another matter
            takes.bind(*arguments, **options)
        except TypeError as error:
            raise SettingsError(
                f"{self.kind} {spec!r} cannot be made with these options: {error}; {name} takes: "
                f"{', '.join(takes.parameters) or 'nothing'} (NAME:ARGUMENT gives the first)"
            ) from error
        return maker(*arguments, **options)

    def _installed(self) -> dict[str, EntryPoint]:
        points = {point.name: point for point in entry_points(group=self.group)}
        return {name: point for name, point in points.items() if name not in self.ours}
