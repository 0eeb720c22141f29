"""The words of the form: layers, methods, kinds of facts, how a fact is shown."""

from web.languages import n_

LAYERS: dict[str, str] = {
    "leave": n_("Ask leave"),
    "information": n_("Information"),
    "problem": n_("The problem"),
    "solution": n_("Towards a solution"),
}
"""The four layers of questioning."""

METHODS: dict[str, str] = {
    "experience": n_("Introduce: let them experience it"),
    "comparison": n_("Introduce: compare"),
    "main_secondary": n_("Introduce: main point first"),
    "guide": n_("Objection: guide"),
    "empathise": n_("Objection: empathise"),
    "preempt": n_("Objection: say it first"),
    "direct": n_("Close: ask directly"),
    "either_or": n_("Close: this one or that one"),
}
"""How an offer is introduced, an objection met, a yes asked for; for reports."""

CONFIRMS: dict[str, str] = {"identity": n_("who is speaking"), "consent": n_("that they agree")}

TYPES: dict[str, str] = {
    "text": n_("Words"),
    "integer": n_("Whole number"),
    "number": n_("Number with decimals"),
    "money": n_("Money"),
    "choice": n_("One of several"),
    "date": n_("Day"),
    "month": n_("Month"),
    "boolean": n_("Yes or no"),
    "phone": n_("Phone number"),
}

SOURCES: dict[str, str] = {
    "customer": n_("from the customer's record"),
    "session": n_("from the call itself"),
    "": n_("asked in the call"),
}

FILTERS: dict[str, str] = {
    "money": n_("as money"),
    "date": n_("as a day"),
    "month": n_("as a month"),
    "percent": n_("in per cent"),
    "phone_tail": n_("last four digits"),
}
"""How a fact may be shown in a sentence; without one, by its own type."""

OFFER_FACTS: dict[str, str] = {
    "name": n_("name of the offer"),
    "fee": n_("its fee"),
    "publication_no": n_("its publication number"),
    "contains": n_("what it contains"),
    "price": n_("its published price"),
    "scenario": n_("who it is for"),
    "validity": n_("its validity"),
    "restriction": n_("its restrictions"),
    "term": n_("its term"),
}
"""What a sentence may say of the offer that is before the customer."""
