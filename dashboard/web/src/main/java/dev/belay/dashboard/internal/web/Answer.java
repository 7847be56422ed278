package dev.belay.dashboard.internal.web;

import java.util.Optional;

/** What a call is answered with. */
public sealed interface Answer {

    /**
     * A page.
     *
     * @param template its name under {@code src/main/jte}
     * @param model what it shows: the template's parameter {@code page}
     */
    record Page(int status, String template, Object model) implements Answer {}

    /** JSON made of a value by the dashboard's mapper. */
    record Json(int status, Object value) implements Answer {}

    /**
     * On to another page, with something to say there.
     *
     * @param path a path of ours, without the base
     */
    record GoTo(String path, Optional<Toast> toast) implements Answer {}

    /**
     * A file to keep.
     *
     * @param name what it is called there
     * @param type its media type: {@code text/plain}, {@code text/csv} or {@code application/json}
     */
    record Download(String name, String type, Body body) implements Answer {}

    /** Text as it is, of a media type of ours. */
    record Raw(int status, String type, byte[] bytes, Optional<String> cacheControl) implements Answer {}

    /**
     * Another answer, which also gives the browser a cookie that scripts cannot read, or takes it away.
     *
     * @param value empty to take it away
     */
    record Keeping(String cookie, Optional<String> value, Answer answer) implements Answer {}

    /** A stream of events, kept open. */
    record Events(EventSource source) implements Answer {}

    /** Writes a download piece by piece. */
    @FunctionalInterface
    interface Body {
        /** Writes all of it. */
        void to(java.io.OutputStream out) throws java.io.IOException;
    }

    /** What opens a stream of events for a call. */
    @FunctionalInterface
    interface EventSource {
        /** Begins to send events to {@code sink}, until that is closed. */
        void open(EventSink sink);
    }

    /**
     * Words that are shown once on the next page.
     *
     * @param good whether it went well
     * @param link a path of ours where more is told
     */
    record Toast(boolean good, String words, Optional<String> link) {}

    /** A page, found. */
    static Answer page(String template, Object model) {
        return new Page(200, template, model);
    }

    /** JSON, found. */
    static Answer json(Object value) {
        return new Json(200, value);
    }

    /** On to another page, with good news. */
    static Answer done(String path, String words, String link) {
        return new GoTo(path, Optional.of(new Toast(true, words, Optional.of(link))));
    }

    /** On to another page. */
    static Answer goTo(String path) {
        return new GoTo(path, Optional.empty());
    }
}
