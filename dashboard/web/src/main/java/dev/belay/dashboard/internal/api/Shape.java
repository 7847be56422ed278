package dev.belay.dashboard.internal.api;

/**
 * What a call is answered with: a thing, or a page of things.
 *
 * @param type a record, whose parts are all that is told
 */
record Shape(Class<? extends Record> type, boolean page) {
    static Shape of(Class<? extends Record> type) {
        return new Shape(type, false);
    }

    static Shape pageOf(Class<? extends Record> type) {
        return new Shape(type, true);
    }
}
