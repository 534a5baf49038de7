"""File names that are offered for a scan. The service judges the content, never the name."""

PICTURES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff")
VIDEOS = ("mp4", "mov", "m4v", "webm", "mkv", "avi")
