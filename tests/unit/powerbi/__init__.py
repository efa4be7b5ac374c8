"""What the Power BI project is made of."""
