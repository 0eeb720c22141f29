"""Two versions of a flow tried side by side."""

from fastapi import APIRouter

router = APIRouter()
