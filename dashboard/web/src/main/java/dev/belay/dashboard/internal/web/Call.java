package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * A request as handlers see it: authenticated, authorised, its parameters bounded. What does not fit is {@link Refused} in words.
 */
public final class Call {
    private static final int LONGEST_PARAMETER = 2_000;
    private static final int LONGEST_VALUE = 1_100_000;

    private final HttpServletRequest request;
    private final Route route;
    private final Map<String, String> variables;
    private final Principal principal;
    private final Map<String, List<String>> form;
    private final Optional<JsonNode> body;

    Call(
            HttpServletRequest request,
            Route route,
            Map<String, String> variables,
            Principal principal,
            Map<String, List<String>> form,
            Optional<JsonNode> body) {
        this.request = request;
        this.route = route;
        this.variables = variables;
        this.principal = principal;
        this.form = form;
        this.body = body;
    }

    /** The request itself, for what handlers seldom need. */
    public HttpServletRequest request() {
        return request;
    }

    /** The route. */
    public Route route() {
        return route;
    }

    /** Who asks. */
    public Principal principal() {
        return principal;
    }

    /** Refuses the call unless its principal has {@code permission}: for what depends on more than the route. */
    public void demand(Permission permission) {
        if (!principal.may(permission)) {
            throw forbidden(principal, permission);
        }
    }

    static Refused forbidden(Principal principal, Permission permission) {
        return new Refused(
                403,
                "This needs the permission " + permission.word() + ", which " + principal.name() + " ("
                        + principal.role().word() + ") does not have. Ask somebody who has it.");
    }

    /** The part of the path called {@code name}. */
    public String variable(String name) {
        String value = variables.get(name);
        if (value == null) {
            throw new IllegalStateException(route.pattern() + " has no part " + name);
        }
        return value;
    }

    /** The part of the path called {@code name}, which is an id. */
    public UUID id(String name) {
        return uuid(variable(name));
    }

    private static UUID uuid(String text) {
        return parsed(text)
                .orElseThrow(
                        () -> Refused.notFound("\"" + cut(text) + "\" is no id. Copy the whole of it, 36 characters."));
    }

    private static Optional<UUID> parsed(String text) {
        try {
            return Optional.of(UUID.fromString(text)).filter(id -> id.toString().equalsIgnoreCase(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A parameter of the query, or of the form or JSON that was posted; empty if it is missing or blank. */
    public Optional<String> text(String name) {
        return any(name, LONGEST_PARAMETER).filter(value -> !value.isBlank());
    }

    /** The same as {@link #text}, which must be there. */
    public String need(String name) {
        return text(name).orElseThrow(() -> Refused.unprocessable("\"" + name + "\" is missing."));
    }

    /** A posted value that may be long: JSON in a form's text area, or any JSON in a body, as its text. */
    public Optional<String> value(String name) {
        return any(name, LONGEST_VALUE).filter(value -> !value.isBlank());
    }

    private Optional<String> any(String name, int longest) {
        Optional<String> value;
        if (body.isPresent()) {
            JsonNode node = body.get().get(name);
            value = node == null || node.isNull()
                    ? Optional.empty()
                    : Optional.of(node.isString() ? node.stringValue() : node.toString());
        } else {
            value = Optional.ofNullable(form.get(name)).map(values -> values.get(0));
        }
        if (value.isPresent() && value.get().length() > longest) {
            throw Refused.unprocessable(
                    "\"" + name + "\" has " + value.get().length() + " characters; at most " + longest + " are taken.");
        }
        return value;
    }

    /** The JSON that was posted, if it was JSON. */
    public Optional<JsonNode> body() {
        return body;
    }

    /** All values of a parameter; in a JSON body, those of a list. */
    public List<String> all(String name) {
        Optional<JsonNode> list = body.map(object -> object.get(name)).filter(JsonNode::isArray);
        if (list.isEmpty()) {
            return form.getOrDefault(name, List.of());
        }
        if (!list.get().valueStream().allMatch(JsonNode::isString)) {
            throw Refused.unprocessable("\"" + name + "\" must be a list of texts.");
        }
        return list.get().valueStream().map(JsonNode::stringValue).toList();
    }

    /** A whole number between two bounds; {@code otherwise} if it is missing. */
    public int number(String name, int otherwise, int least, int most) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw Refused.unprocessable("\"" + name + "\" must be a whole number from " + least + " to " + most + ", not \""
                + cut(text.get()) + "\".");
    }

    /** Whether a box was ticked. */
    public boolean flag(String name) {
        return text(name)
                .map(value -> value.equals("true") || value.equals("on"))
                .orElse(false);
    }

    /** An id, if one was given. */
    public Optional<UUID> optionalId(String name) {
        return text(name).map(Call::uuid);
    }

    /** Which request this is: the same when it is sent twice. Each form has one; programs give it in a header. */
    public UUID requestId() {
        String header = request.getHeader("X-Belay-Request");
        String text = header != null ? header : need("request");
        return parsed(text)
                .orElseThrow(() -> Refused.unprocessable((header != null ? "The header X-Belay-Request" : "\"request\"")
                        + " must be a UUID, 36 characters, not \"" + cut(text) + "\"."));
    }

    /** Whether only a part of the page was asked for, by a script of ours. */
    public boolean isPartial() {
        return "true".equals(request.getHeader("HX-Request"));
    }

    private static String cut(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
