package dev.belay.dashboard.internal.api;

import tools.jackson.databind.JsonNode;

/**
 * What a call is answered with: a thing, or a page of things.
 *
 * @param type a record, whose parts are all that is told; or JSON
 */
record Shape(Class<?> type, boolean page) {
    /** Something that other documents describe. */
    static final Shape ANYTHING = new Shape(JsonNode.class, false);

    static Shape of(Class<? extends Record> type) {
        return new Shape(type, false);
    }

    static Shape pageOf(Class<? extends Record> type) {
        return new Shape(type, true);
    }
}
