"""Vector stores: caches of the catalog that find nearest neighbours."""

__all__: list[str] = []
