"""BFF session, REST, WebSocket, OpenAPI; serves the page."""
