package dev.belay.dashboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A browser without scripts, as far as tests of pages need one: keeps cookies, and sends the forms of pages with what is hidden in them. */
public final class Web {
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");

    private final String base;
    private final CookieManager cookies = new CookieManager();
    private final HttpClient client = HttpClient.newBuilder()
            .cookieHandler(cookies)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final List<String> headers = new ArrayList<>();

    /** A browser for the dashboard at {@code base}. */
    public Web(String base) {
        this.base = base;
    }

    /** Sends a header with every request from now on. */
    public Web with(String name, String value) {
        headers.add(name);
        headers.add(value);
        return this;
    }

    /** An answer. */
    public record Page(int status, String body, HttpResponse<String> response) {
        /** Where it leads to. */
        public String location() {
            return response.headers().firstValue("Location").orElse("");
        }

        /** A header. */
        public Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        /** What a person reads: without tags, with single spaces. */
        public String text() {
            return unescaped(body.replaceAll("(?s)<(script|style)[^>]*>.*?</\\1>", " ")
                            .replaceAll("<[^>]*>", " "))
                    .replaceAll("\\s+", " ")
                    .trim();
        }
    }

    /** A form that was loaded, and can be sent, also more than once. */
    public final class Form {
        private final String path;
        private final Page page;
        private final List<String> hidden = new ArrayList<>();

        private Form(String path, Page page) {
            this.path = path;
            this.page = page;
            String form = page.body().replaceAll("(?s)^.*?<form class=\"act\"", "");
            Matcher matcher = HIDDEN.matcher(form);
            while (matcher.find()) {
                hidden.add(matcher.group(1));
                hidden.add(unescaped(matcher.group(2)));
            }
        }

        /** The page with it. */
        public Page page() {
            return page;
        }

        /** The text that is in the text area of that name. */
        public String area(String name) {
            Matcher matcher = Pattern.compile("(?s)<textarea[^>]* name=\"" + name + "\"[^>]*>(.*?)</textarea>")
                    .matcher(page.body());
            return matcher.find() ? unescaped(matcher.group(1)) : "";
        }

        /** Sends it with what is hidden in it and these names and values. */
        public Page send(String... namesAndValues) {
            List<String> all = new ArrayList<>(hidden);
            all.addAll(List.of(namesAndValues));
            return post(path.replaceAll("\\?.*", ""), all.toArray(String[]::new));
        }
    }

    /** Asks for a page. */
    public Page get(String path) {
        return send(request(path).GET());
    }

    /** Loads the form on a page. */
    public Form form(String path) {
        return new Form(path, get(path));
    }

    /** Sends these names and values as a form does. */
    public Page post(String path, String... namesAndValues) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append(body.isEmpty() ? "" : "&")
                    .append(encoded(namesAndValues[i]))
                    .append('=')
                    .append(encoded(namesAndValues[i + 1]));
        }
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    /** Sends JSON as a program does. */
    public Page postJson(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + path));
        for (int i = 0; i < headers.size(); i += 2) {
            builder.header(headers.get(i), headers.get(i + 1));
        }
        return builder;
    }

    private Page send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Page(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** What an encoded text of an address says. */
    public static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String unescaped(String html) {
        return html.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#34;", "\"")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }
}
