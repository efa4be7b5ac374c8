"""What the Power BI project is made from, where it goes, and the service that refreshes it."""
