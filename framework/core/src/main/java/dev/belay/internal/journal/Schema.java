package dev.belay.internal.journal;

/**
 * The PostgreSQL schema that Belay's tables live in. Statements are written against the schema "belay"; {@link #sql} turns them
 * to the schema in use.
 */
public record Schema(String name) {

    /** The statement for this schema. */
    public String sql(String statement) {
        return name.equals("belay") ? statement : statement.replace("belay.", name + ".");
    }
}
