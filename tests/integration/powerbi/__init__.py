"""The Power BI project: against the marts, Microsoft's reader and a service on this machine."""
