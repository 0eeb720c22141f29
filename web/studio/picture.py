"""The picture of a flow, and the traffic on it."""

from fastapi import APIRouter

router = APIRouter()
