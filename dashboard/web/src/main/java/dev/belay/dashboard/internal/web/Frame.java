package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * What every page has around its content.
 *
 * @param base where the dashboard is mounted: the empty text, or a path without a slash at its end
 * @param path the path of this page, without the base
 * @param query its query, as it was sent; empty text if it has none
 * @param signedIn whether there is a principal at all
 * @param canSignOut whether the dashboard itself signed them in
 * @param local whether everybody on this machine is let in, and nobody else
 * @param csrf the token that each form carries
 * @param toast what the action before had to say
 * @param theme {@code auto}, {@code light} or {@code dark}
 * @param now the time, by which pages say how long ago something was
 * @param assets tells where files are
 */
public record Frame(
        String base,
        String path,
        String query,
        Principal principal,
        boolean signedIn,
        boolean canSignOut,
        boolean local,
        String csrf,
        Optional<Answer.Toast> toast,
        String theme,
        Instant now,
        Assets assets) {

    /** The address of a path of ours. */
    public String url(String path) {
        return base + path;
    }

    /** The address of a file of ours, which changes with its content. */
    public String asset(String name) {
        return base + assets.path(name);
    }

    /** Whether the person may do that. */
    public boolean may(Permission permission) {
        return principal.may(permission);
    }

    /** Whether this page is under {@code path}. */
    public boolean isAt(String path) {
        return path.equals("/") ? this.path.equals("/") : (this.path + "/").startsWith(path + "/");
    }

    /** This very page. */
    public String here() {
        return base + path + (query.isEmpty() ? "" : "?" + query);
    }

    /** A text as part of an address. */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
