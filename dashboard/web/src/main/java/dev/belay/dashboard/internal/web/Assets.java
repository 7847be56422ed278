package dev.belay.dashboard.internal.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The scripts, styles and pictures, all from this jar and two beside it. Read once, and named by the content of all of them together:
 * browsers keep them until one changes, and a script finds those it imports beside it.
 */
public final class Assets {
    private static final String OURS = "/dev/belay/dashboard/assets/";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String FOR_A_YEAR = "public, max-age=31536000, immutable";

    private record Asset(String type, byte[] bytes) {}

    private final Map<String, Asset> assets = new LinkedHashMap<>();
    private final String mark;

    /** Reads them all. */
    public Assets() {
        for (String name : List.of("tokens.css", "belay.css", "pictures.css", "print.css")) {
            add(name, STYLE, OURS + name);
        }
        for (String name : List.of("belay.js", "live.js", "keys.js", "chart.js", "query.js", "peek.js")) {
            add(name, SCRIPT, OURS + name);
        }
        add("icon.svg", "image/svg+xml", OURS + "icon.svg");
        add("htmx.js", SCRIPT, webjar("htmx.org", "htmx.min.js"));
        add("uplot.js", SCRIPT, webjar("uplot", "uPlot.iife.min.js"));
        add("uplot.css", STYLE, webjar("uplot", "uPlot.min.css"));
        this.mark = markOf(assets);
    }

    private static String markOf(Map<String, Asset> assets) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            assets.values().forEach(asset -> digest.update(asset.bytes()));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    private static String webjar(String name, String file) {
        String properties = "/META-INF/maven/org.webjars.npm/" + name + "/pom.properties";
        try (InputStream in = Assets.class.getResourceAsStream(properties)) {
            if (in == null) {
                throw new IllegalStateException(
                        "The library " + name + " is not on the class path; the dashboard needs it.");
            }
            Properties read = new Properties();
            read.load(in);
            return "/META-INF/resources/webjars/" + name + "/" + read.getProperty("version") + "/dist/" + file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String name, String type, String resource) {
        try (InputStream in = Assets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("The file " + resource + " is missing from the dashboard's jar.");
            }
            assets.put(name, new Asset(type, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a file is, without the base. */
    public String path(String name) {
        if (!assets.containsKey(name)) {
            throw new IllegalArgumentException("There is no file " + name);
        }
        return "/assets/" + mark + "/" + name;
    }

    /** A file, if there is one of that name. */
    public Optional<Answer> find(String mark, String name) {
        return Optional.ofNullable(assets.get(name))
                .filter(asset -> this.mark.equals(mark))
                .map(asset -> new Answer.Raw(200, asset.type(), asset.bytes(), Optional.of(FOR_A_YEAR)));
    }
}
