"""StreamVision: the open analytics stack for a video-streaming service."""
