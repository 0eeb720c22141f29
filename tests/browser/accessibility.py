"""axe-core on a page: WCAG 2.2 A and AA, and its best practices."""

from typing import Any

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async tags => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    const told = node => `${node.target}: ${node.failureSummary}`;
    return found.violations.map(one => ({ rule: one.id, help: one.help, at: one.nodes.map(told) }));
}"""
_SETTLE = """() => Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime !== Infinity)  // the caret of an editor blinks for ever
    .map(one => one.finished.catch(() => null)))"""


def findings(page: Page, axe_script: str) -> list[dict[str, Any]]:
    """What axe finds on the page as it is: [{rule, help, at}], empty when all is well."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_script)
    page.evaluate(_SETTLE)
    return page.evaluate(_RUN, TAGS)
