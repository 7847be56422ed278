package dev.belay.internal.queue;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Binds a list of items to a statement over {@code unnest}: one array a column. */
final class Columns<T> {
    private final Connection connection;
    private final PreparedStatement statement;
    private final List<T> items;
    private final List<Array> arrays = new ArrayList<>();
    private int position = 1;

    Columns(Connection connection, PreparedStatement statement, List<T> items) {
        this.connection = connection;
        this.statement = statement;
        this.items = items;
    }

    Columns<T> ints(ToIntFunction<T> value) throws SQLException {
        int[] column = new int[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.applyAsInt(items.get(i));
        }
        return bind(connection.createArrayOf("int4", box(column)));
    }

    Columns<T> longs(ToLongFunction<T> value) throws SQLException {
        Long[] column = new Long[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.applyAsLong(items.get(i));
        }
        return bind(connection.createArrayOf("int8", column));
    }

    Columns<T> objects(String type, Function<T, ? extends @Nullable Object> value) throws SQLException {
        Object[] column = new Object[items.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.apply(items.get(i));
        }
        return bind(connection.createArrayOf(type, column));
    }

    Columns<T> bytes(Function<T, byte @Nullable []> value) throws SQLException {
        byte[][] column = new byte[items.size()][];
        for (int i = 0; i < column.length; i++) {
            column[i] = value.apply(items.get(i));
        }
        return bind(connection.createArrayOf("bytea", column));
    }

    Columns<T> scalar(long value) throws SQLException {
        statement.setLong(position++, value);
        return this;
    }

    private Columns<T> bind(Array array) throws SQLException {
        arrays.add(array);
        statement.setArray(position++, array);
        return this;
    }

    private static Integer[] box(int[] values) {
        Integer[] boxed = new Integer[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return boxed;
    }
}
