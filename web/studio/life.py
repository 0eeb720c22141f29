"""The life of a flow: its page, its versions, drafts submitted, approved, published, rolled back, retired."""

from fastapi import APIRouter

router = APIRouter()
