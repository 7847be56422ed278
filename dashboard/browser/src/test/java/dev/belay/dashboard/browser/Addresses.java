package dev.belay.dashboard.browser;

import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.internal.web.FrontServlet;
import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.dashboard.internal.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The pages of a dashboard that links lead to from its first one: a few of each kind, where a kind is a route and the parameters it
 * got. Found anew for each run, so that a new page is looked at by the tests of all pages without anybody telling them.
 */
final class Addresses {
    private static final Pattern LINK = Pattern.compile("href=\"([^\"#]+)");
    private static final int OF_A_KIND = 2;
    private static final int OF_A_KIND_LOOKED_AT = 1;
    private static final int SAGAS = 24;
    private static final int SAGAS_LOOKED_AT = 6;

    private final Router router;
    private final String url;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Integer> seen = new HashMap<>();
    private final List<String> pages = new ArrayList<>();
    private final Set<String> patterns = new TreeSet<>();
    private final Set<String> dead = new TreeSet<>();

    private Addresses(Router router, String url) {
        this.router = router;
        this.url = url;
    }

    static Addresses of(Showcase shop) throws IOException, InterruptedException {
        Addresses addresses = new Addresses(((FrontServlet) shop.dashboard().servlet()).router(), shop.url());
        addresses.follow("/");
        return addresses;
    }

    /** The addresses of all pages found, the decisions' among them. */
    List<String> pages() {
        return List.copyOf(pages);
    }

    /** The links that lead nowhere or to a page that fails. */
    Set<String> dead() {
        return dead;
    }

    /** The routes of pages that no link led to. */
    List<String> unreached() {
        return router.routes().stream()
                .filter(route -> route.method() == Method.GET && !route.isApi())
                .map(Route::pattern)
                .filter(pattern -> !patterns.contains(pattern))
                .toList();
    }

    private void follow(String first) throws IOException, InterruptedException {
        Deque<String> open = new ArrayDeque<>(List.of(first));
        Set<String> known = new LinkedHashSet<>(open);
        while (!open.isEmpty()) {
            String address = open.poll();
            Optional<Router.Match> match = match(address);
            if (match.isPresent() && isWanted(match.get().route(), address)) {
                for (String link : links(address, match.get().route())) {
                    if (known.add(link)) {
                        open.add(link);
                    }
                }
            }
        }
    }

    private boolean isWanted(Route route, String address) {
        int most = route.pattern().equals("/sagas/{id}") ? SAGAS : OF_A_KIND;
        return seen.merge(kind(route, address), 1, Integer::sum) <= most;
    }

    private static String kind(Route route, String address) {
        int at = address.indexOf('?');
        String query = at < 0 ? "" : address.substring(at + 1);
        return route.pattern() + "?"
                + Arrays.stream(query.split("&"))
                        .map(parameter -> parameter.replaceFirst("=.*", ""))
                        .sorted()
                        .collect(Collectors.joining("&"));
    }

    private Optional<Router.Match> match(String address) {
        return router.find(Method.GET, parts(address))
                .filter(found -> !found.route().isApi())
                .filter(found -> !found.route().pattern().startsWith("/assets/"));
    }

    private static List<String> parts(String address) {
        return Arrays.stream(address.replaceFirst("\\?.*", "").split("/"))
                .filter(part -> !part.isEmpty())
                .map(part -> URLDecoder.decode(part, StandardCharsets.UTF_8))
                .toList();
    }

    private List<String> links(String address, Route route) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(url + address)).build(), HttpResponse.BodyHandlers.ofString());
        patterns.add(route.pattern());
        boolean html = answer.headers().firstValue("Content-Type").orElse("").startsWith("text/html");
        if (answer.statusCode() != 200) {
            dead.add(address + " answers " + answer.statusCode());
            return List.of();
        }
        if (!html) {
            return List.of();
        }
        int lookedAt = route.pattern().equals("/sagas/{id}") ? SAGAS_LOOKED_AT : OF_A_KIND_LOOKED_AT;
        if (seen.get(kind(route, address)) <= lookedAt) {
            pages.add(address);
        }
        List<String> links = new ArrayList<>();
        Matcher link = LINK.matcher(answer.body());
        while (link.find()) {
            String target = link.group(1).replace("&amp;", "&");
            if (target.startsWith("?")) {
                target = address.replaceFirst("\\?.*", "") + target;
            }
            if (router.knows(parts(target))) {
                links.add(target);
            } else {
                dead.add(target + " on " + address);
            }
        }
        return links;
    }
}
