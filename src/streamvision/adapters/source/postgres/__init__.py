"""PostgreSQL 15 and later: pictures through Arrow over binary COPY, changes through logical decoding."""
