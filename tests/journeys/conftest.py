from tests.browser.running import installation, watch

__all__ = ["installation", "watch"]
