package dev.belay.dashboard.internal.web;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the route of a path. A part that is written out goes before one that varies. Immutable. */
public final class Router {
    private final List<Route> routes;

    /** A router over {@code routes}; two that cannot be told apart are refused. */
    public Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
        Set<String> seen = new HashSet<>();
        for (Route route : routes) {
            if (!seen.add(route.method() + " " + route.pattern().replaceAll("\\{[^}]*}", "{}"))) {
                throw new IllegalArgumentException("Two routes share " + route.method() + " " + route.pattern());
            }
        }
    }

    /** All routes. */
    public List<Route> routes() {
        return routes;
    }

    /** A route with the values of the parts that vary. */
    public record Match(Route route, Map<String, String> variables) {}

    /** The route for a method and the decoded parts of a path. */
    public Optional<Match> find(Method method, List<String> parts) {
        Match best = null;
        for (Route route : routes) {
            if (route.method() == method) {
                Optional<Map<String, String>> variables = match(route, parts);
                if (variables.isPresent()
                        && (best == null
                                || variables.get().size() < best.variables().size())) {
                    best = new Match(route, variables.get());
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /** Whether any method has a route for that path. */
    public boolean knows(List<String> parts) {
        return routes.stream().anyMatch(route -> match(route, parts).isPresent());
    }

    private static Optional<Map<String, String>> match(Route route, List<String> parts) {
        List<String> pattern = parts(route.pattern());
        if (pattern.size() != parts.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String expected = pattern.get(i);
            if (expected.startsWith("{")) {
                variables.put(expected.substring(1, expected.length() - 1), parts.get(i));
            } else if (!expected.equals(parts.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }

    /** The parts of a pattern or of a path without anything encoded. */
    static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty()) {
                parts.add(part);
            }
        }
        return parts;
    }
}
