"""Examples of the OpenAPI document; a test keeps them valid."""

from typing import Any

_SCAN = {
    "id": "q3Yy1mJxT0aZ8kQe5vLw2sBd",
    "source": "portrait.jpg",
    "created_at": "2026-11-23T13:26:07Z",
    "instant": False,
    "report": None,
    "problem": None,
}

QUEUED_SCAN: dict[str, Any] = {**_SCAN, "state": "queued", "stage": "waiting", "fraction": 0.0}

REPORT: dict[str, Any] = {
    "label": "fake",
    "reason": "Xception finds traces of manipulation in the face.",
    "confidence": 0.97,
    "opinions": [
        {
            "model": "efficientnet_lite0",
            "release": "2026-11-23-a",
            "confidence": 0.97,
            "abstention": None,
        }
    ],
    "people": [],
    "media": {
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "kind": "image",
        "mime": "image/jpeg",
        "width": 1024,
        "height": 768,
        "duration_seconds": 0.0,
        "frames_read": 1,
        "has_sound": False,
    },
    "created_at": "2026-11-23T13:26:08Z",
    "times": [{"stage": "decode", "seconds": 0.31}],
}

DONE_SCAN: dict[str, Any] = {
    **_SCAN,
    "state": "done",
    "stage": "finished",
    "fraction": 1.0,
    "report": REPORT,
}

SUBMISSION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "an image, or a video of at most ten minutes",
                        }
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["url"],
                    "additionalProperties": False,
                    "properties": {"url": {"type": "string", "maxLength": 2048}},
                },
                "example": {"url": "https://www.youtube.com/watch?v=jNQXAC9IVRw"},
            },
        },
    }
}

EVENT_STREAM = f'event: scan\ndata: {{"id": "{_SCAN["id"]}", "state": "running", …}}\n\n'
