"""Campaigns: what a list is for."""

from enum import StrEnum


class CallPurpose(StrEnum):
    """Why a customer is called; consent and contact caps go by it."""

    retention = "retention"
    marketing = "marketing"
    care = "care"
    survey = "survey"
    service = "service"
