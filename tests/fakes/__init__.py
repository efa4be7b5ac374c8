"""In-memory fakes of the ports; the suites in tests/contract keep them honest."""
