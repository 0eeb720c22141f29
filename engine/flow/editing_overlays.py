"""Translations following an edit: what was renamed is renamed there too, and what was taken out goes."""

import copy
from typing import Any

from engine.flow.editing_data import mapped
from engine.flow.editing_writing import Change
from engine.yaml_text import Loc


class Translation:
    """The values of one translation file, changed in place."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = copy.deepcopy(data)
        self._renamed: dict[Loc, str] = {}
        self._before = data

    @property
    def is_changed(self) -> bool:
        """Whether anything was renamed or taken out."""
        return bool(self._renamed) or self.data != self._before

    def change(self) -> Change:
        """What the file is to say now."""
        return Change(self.data, self._renamed)

    def rename(self, loc: Loc, new: str) -> None:
        """Give the key at a location another name, in its place."""
        holder = self._at(loc[:-1])
        old = str(loc[-1])
        if old not in holder or new in holder:
            return
        items = [(new if key == old else key, value) for key, value in holder.items()]
        holder.clear()
        holder.update(items)
        self._renamed[loc] = new

    def remove(self, loc: Loc) -> None:
        """Take out what stands at a location, and what is empty without it."""
        holder = self._at(loc[:-1])
        holder.pop(str(loc[-1]), None)
        if not holder and len(loc) > 1:
            self.remove(loc[:-1])
        elif len(loc) == 3 and loc[0] == "steps" and list(holder) == ["src"]:
            self.remove(loc[:2])

    def _at(self, loc: Loc) -> dict[str, Any]:
        found = self.data
        for key in loc:
            found = mapped(found.get(str(key)))
        return found
