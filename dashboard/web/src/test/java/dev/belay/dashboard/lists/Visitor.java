package dev.belay.dashboard.lists;

import dev.belay.dashboard.Authenticator;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.inspect.Scope;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** Somebody with a browser that runs no scripts: follows links, and sends forms as they came. */
final class Visitor {
    private static final Map<String, Principal> PEOPLE = Map.of(
            "ada", Principal.of("ada", Role.ADMIN),
            "oscar", Principal.of("oscar", Role.OPERATOR),
            "otto", Principal.of("otto", Role.OPERATOR),
            "vera", Principal.of("vera", Role.VIEWER),
            "nils",
                    new Principal(
                            "nils",
                            Role.OPERATOR,
                            EnumSet.of(Permission.SAGA_VIEW, Permission.BULK_RUN, Permission.SAGA_PAUSE),
                            Scope.everything()),
            "tess",
                    Principal.of("tess", Role.OPERATOR)
                            .within(new Scope(Optional.empty(), Optional.of(Set.of("book-trip")))));

    /** Knows them by a header. */
    static final Authenticator AUTHENTICATOR = request -> Optional.ofNullable(PEOPLE.get(request.getHeader("X-Who")));

    private final HttpClient client =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    private final String url;
    private final String who;

    Visitor(String url, String who) {
        this.url = url;
        this.who = who;
    }

    /** What came back. */
    record Seen(int status, String text, Optional<String> location) {
        Document page() {
            return Jsoup.parse(text);
        }
    }

    Seen get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url + path)).GET());
    }

    /** The page at a path, which must be there. */
    Document page(String path) {
        Seen seen = get(path);
        if (seen.status() != 200) {
            throw new AssertionError(path + " is answered with " + seen);
        }
        return seen.page();
    }

    /** Sends the form of the page at a path, with some of its fields filled in: pairs of name and value. */
    Seen decide(String path, String... fields) {
        Seen seen = get(path);
        Element form = seen.page().selectFirst("form.act");
        if (form == null) {
            throw new AssertionError("No form at " + path + ": " + seen);
        }
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            sent.add(pair(fields[i], fields[i + 1]));
        }
        for (Element field : form.select("input[type=hidden]")) {
            boolean given = false;
            for (int i = 0; i < fields.length; i += 2) {
                given |= fields[i].equals(field.attr("name"));
            }
            if (!given) {
                sent.add(pair(field.attr("name"), field.attr("value")));
            }
        }
        return post(form.attr("action"), String.join("&", sent));
    }

    Seen post(String path, String body) {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Sec-Fetch-Site", "same-origin")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private Seen send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    client.send(request.header("X-Who", who).build(), HttpResponse.BodyHandlers.ofString());
            return new Seen(
                    response.statusCode(), response.body(), response.headers().firstValue("Location"));
        } catch (IOException e) {
            throw new AssertionError(request + " was not answered", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    static String pair(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** A parameter of an address; empty text if it has none of that name. */
    static String parameter(String address, String name) {
        String query = address.contains("?") ? address.substring(address.indexOf('?') + 1) : "";
        for (String pair : query.split("&")) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    /** The path of a list. */
    static String sagas(String query) {
        return "/sagas?" + pair("q", query);
    }
}
