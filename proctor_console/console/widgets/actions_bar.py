"""The foot of the room screen: what can be done now, by key, from the one registry. Draws, and takes clicks."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from proctor_console.console import rights
from proctor_console.console.actions import Action, Scene, possible
from proctor_console.console.texts import _


def key_name(key: str) -> str:
    """`f2` as `F2`, letters as they are."""
    return key.upper() if key.startswith("f") and len(key) > 1 else key


class ActionsBar(Static):
    """First the sitting, then the selected candidate: each a line, or more where an action would not fit whole."""

    def show(self, scene: Scene | None) -> None:
        """Draws what is possible in `scene`."""
        if scene is None:
            self.update(Text(" " + _("F1 Help   F5 Machines   ^q Leave")))
            return
        general: tuple[str, ...] = _("F1 Help"), _("F5 Machines"), _("F12 Person"), _("1/2/3 Filter"), _("t List")
        if rights.may_unlock(scene.role):
            general = general[0], _("m Other room"), *general[1:]
        first = self._line(possible(scene, False))
        second = self._line(possible(scene, True), _("{name}:").format(name=scene.row.name) if scene.row else "")
        # Help is first among these: where the screen is narrow it must be what remains.
        left = [general[0], _("Enter Details"), *general[1:]] if scene.row is not None else [*general]
        for line in (first, second):
            while left and cell_len(line.plain.rpartition("\n")[2]) + cell_len(left[0]) < self.size.width:
                line.append(f"{left.pop(0)}  ", "dim")
        self.update(Text("\n").join([first, second]))

    def _line(self, actions: tuple[Action, ...], head: str = "") -> Text:
        text = Text(f" {head} " if head else " ", no_wrap=True, overflow="ellipsis")
        for action in actions:
            key = key_name(action.key)
            meta = {"@click": f"screen.act('{action.id}')"}
            taken = cell_len(text.plain.rpartition("\n")[2])
            if taken + cell_len(f" {key}  {_(action.label)}") > self.size.width:
                text.append("\n ")
            text.append(f" {key} ", "bold reverse").append(f" {_(action.label)}", "none").append("  ")
            text.apply_meta(meta, len(text) - len(f" {key}  {_(action.label)}  "), len(text))
        return text
