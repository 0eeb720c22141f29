"""What a draft would have changed in the last real calls."""

from fastapi import APIRouter

router = APIRouter()
