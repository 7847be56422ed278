package dev.belay.dashboard.internal.web;

import java.util.List;
import java.util.Objects;

/**
 * One thing that can be asked of the dashboard: a page, an action, a call of the API. Everything that checks or describes routes, the
 * security tests and the API's description among it, reads these.
 *
 * @param pattern the path, with {@code {name}} for a part that varies
 * @param access who may use it
 * @param summary what it does, in a sentence
 * @param parameters what it reads from the query or the body
 */
public record Route(
        Method method, String pattern, Access access, String summary, List<Parameter> parameters, Handler handler) {

    /** Keeps its own list, and insists on an access. */
    public Route {
        Objects.requireNonNull(access, "access");
        parameters = List.copyOf(parameters);
    }

    /**
     * Something a route reads.
     *
     * @param type {@code string}, {@code integer}, {@code boolean}, {@code json}, {@code uuid}, or {@code uuids} for a list of them
     */
    public record Parameter(String name, String type, boolean required, String meaning) {}

    /** A route that reads. */
    public static Route get(
            String pattern, Access access, String summary, List<Parameter> parameters, Handler handler) {
        return new Route(Method.GET, pattern, access, summary, parameters, handler);
    }

    /** A route that changes something. */
    public static Route post(
            String pattern, Access access, String summary, List<Parameter> parameters, Handler handler) {
        return new Route(Method.POST, pattern, access, summary, parameters, handler);
    }

    /** An optional parameter. */
    public static Parameter may(String name, String type, String meaning) {
        return new Parameter(name, type, false, meaning);
    }

    /** A required parameter. */
    public static Parameter must(String name, String type, String meaning) {
        return new Parameter(name, type, true, meaning);
    }

    /** Whether it gives a file of ours, the same for everybody. */
    public boolean isFile() {
        return pattern.startsWith("/assets/");
    }

    /** Whether it belongs to the API for programs. */
    public boolean isApi() {
        return pattern.startsWith("/api/");
    }
}
