"""The database: schema, migrations, queries; and the metrics stores."""
