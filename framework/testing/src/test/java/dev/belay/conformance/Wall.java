package dev.belay.conformance;

import dev.belay.testing.SagaKit;
import java.util.List;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** Where the steps of several processes write what they do: a table beside the kit's own, each line committed at once. */
final class Wall {
    private final Jdbi jdbi;
    private final String table;

    Wall(DataSource database, String schema) {
        this.jdbi = Jdbi.create(database);
        this.table = schema + ".wall";
    }

    static Wall in(SagaKit kit) {
        Wall wall = new Wall(kit.dataSource(), kit.schema());
        wall.jdbi.useHandle(handle -> handle.execute(
                "create table " + wall.table + " (id bigint generated always as identity, line text not null)"));
        return wall;
    }

    String write(String line) {
        jdbi.useHandle(handle -> handle.execute("insert into " + table + " (line) values (?)", line));
        return line;
    }

    List<String> lines() {
        return jdbi.withHandle(handle -> handle.createQuery("select line from " + table + " order by id")
                .mapTo(String.class)
                .list());
    }
}
