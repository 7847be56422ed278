package dev.belay.samples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import javax.sql.DataSource;

/** A PostgreSQL for one run of a sample, gone afterwards. Your application has a data source of its own. */
final class SampleDatabase implements AutoCloseable {

    private final LocalPostgres postgres = LocalPostgres.temporary();
    private final HikariDataSource pool;

    SampleDatabase() {
        var config = new HikariConfig();
        config.setJdbcUrl(postgres.url());
        pool = new HikariDataSource(config);
    }

    DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
        postgres.close();
    }
}
