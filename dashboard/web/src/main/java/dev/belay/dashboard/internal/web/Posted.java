package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What came with a request: the parameters of its query, of a form, or JSON. Read by ourselves, so that its size is bounded in every
 * container, and a parameter of the query never passes for one that was posted.
 */
record Posted(Map<String, List<String>> form, Optional<JsonNode> body) {
    private static final int MOST_BYTES = 1_200_000;
    private static final int MOST_PARAMETERS = 1_000;

    static Posted query(HttpServletRequest request) {
        return new Posted(parameters(request.getQueryString()), Optional.empty());
    }

    static Posted read(HttpServletRequest request, boolean json) throws IOException {
        String type = String.valueOf(request.getContentType()).toLowerCase(Locale.ROOT);
        String expected = json ? "application/json" : "application/x-www-form-urlencoded";
        if (!type.equals(expected) && !type.startsWith(expected + ";")) {
            throw new Refused(415, "Send " + expected + " here.");
        }
        byte[] bytes = bytes(request);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!json) {
            return new Posted(parameters(text), Optional.empty());
        }
        JsonNode body = Json.read(text.isBlank() ? "{}" : text, "The body");
        if (!body.isObject()) {
            throw Refused.unprocessable("The body must be a JSON object.");
        }
        return new Posted(Map.of(), Optional.of(body));
    }

    private static byte[] bytes(HttpServletRequest request) throws IOException {
        try (InputStream in = request.getInputStream()) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new Refused(413, "That is more than " + MOST_BYTES + " bytes.");
            }
            return bytes;
        }
    }

    private static Map<String, List<String>> parameters(@Nullable String text) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        if (text == null || text.isEmpty()) {
            return parameters;
        }
        String[] pairs = text.split("&", MOST_PARAMETERS + 1);
        if (pairs.length > MOST_PARAMETERS) {
            throw Refused.badRequest("That is more than " + MOST_PARAMETERS + " parameters.");
        }
        for (String pair : pairs) {
            int at = pair.indexOf('=');
            String name = decoded(at < 0 ? pair : pair.substring(0, at));
            String value = at < 0 ? "" : decoded(pair.substring(at + 1));
            parameters.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        }
        return parameters;
    }

    private static String decoded(String text) {
        try {
            // Browsers send line breaks of a form as CR LF; what was typed had one character.
            return URLDecoder.decode(text, StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IllegalArgumentException e) {
            throw Refused.badRequest("The parameters are not encoded as forms are.");
        }
    }

    Optional<String> first(String name) {
        return Optional.ofNullable(form.get(name)).map(values -> values.get(0));
    }
}
