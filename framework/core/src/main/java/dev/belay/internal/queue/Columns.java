package dev.belay.internal.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Binds a list of items to a statement: over {@code unnest}, one array a column, or for one item over plain values. */
final class Columns<T> {
    private static final Map<String, Integer> TYPES = Map.of(
            "text", Types.VARCHAR,
            "uuid", Types.OTHER,
            "bool", Types.BOOLEAN,
            "int8", Types.BIGINT,
            "numeric", Types.NUMERIC);

    private final Connection connection;
    private final PreparedStatement statement;
    private final List<T> items;
    private final boolean plain;
    private int position = 1;

    private Columns(Connection connection, PreparedStatement statement, List<T> items, boolean plain) {
        this.connection = connection;
        this.statement = statement;
        this.items = items;
        this.plain = plain;
    }

    /** Arrays, unless there is just one item. */
    static <T> Columns<T> of(Connection connection, PreparedStatement statement, List<T> items) {
        return new Columns<>(connection, statement, items, items.size() == 1);
    }

    /** Arrays, however many items there are. */
    static <T> Columns<T> ofArrays(Connection connection, PreparedStatement statement, List<T> items) {
        return new Columns<>(connection, statement, items, false);
    }

    Columns<T> ints(ToIntFunction<T> value) throws SQLException {
        if (plain) {
            statement.setInt(position++, value.applyAsInt(items.get(0)));
            return this;
        }
        Integer[] column = new Integer[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.applyAsInt(items.get(i));
        }
        return bind("int4", column);
    }

    Columns<T> longs(ToLongFunction<T> value) throws SQLException {
        if (plain) {
            statement.setLong(position++, value.applyAsLong(items.get(0)));
            return this;
        }
        Long[] column = new Long[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.applyAsLong(items.get(i));
        }
        return bind("int8", column);
    }

    Columns<T> objects(String type, Function<T, ? extends @Nullable Object> value) throws SQLException {
        if (!plain) {
            return array(type, value);
        }
        Object only = value.apply(items.get(0));
        int code = TYPES.getOrDefault(type, Types.OTHER);
        if (only == null) {
            statement.setNull(position++, code);
        } else {
            statement.setObject(position++, only, code);
        }
        return this;
    }

    /** An array also where there is just one item. */
    Columns<T> array(String type, Function<T, ? extends @Nullable Object> value) throws SQLException {
        Object[] column = new Object[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.apply(items.get(i));
        }
        return bind(type, column);
    }

    Columns<T> bytes(Function<T, byte @Nullable []> value) throws SQLException {
        if (plain) {
            byte[] only = value.apply(items.get(0));
            if (only == null) {
                statement.setNull(position++, Types.BINARY);
            } else {
                statement.setBytes(position++, only);
            }
            return this;
        }
        byte[][] column = new byte[items.size()][];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.apply(items.get(i));
        }
        return bind("bytea", column);
    }

    private Columns<T> bind(String type, Object[] column) throws SQLException {
        statement.setArray(position++, connection.createArrayOf(type, column));
        return this;
    }
}
