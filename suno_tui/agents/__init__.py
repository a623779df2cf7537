"""Tools for AI agents in the studio, through the Model Context Protocol (`suno-tui mcp`)."""
