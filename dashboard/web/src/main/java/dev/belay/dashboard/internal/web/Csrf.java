package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what another site makes a browser send. Two checks, and both must hold: where the browser says the request comes from, and a
 * token in the form that belongs to a cookie of this browser. Programs show by a header of their own that they are none of another
 * site's pages, which cannot set it.
 */
public final class Csrf {
    private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{22}");
    private static final String COOKIE = "belay-csrf";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;

    /** Tokens signed with {@code secret}, the same in all processes that serve one dashboard. */
    public Csrf(byte[] secret) {
        this.secret = secret.clone();
    }

    /**
     * The token for the forms of a page; gives the browser its cookie if it has none.
     *
     * @param who whose session the page is for; empty text if nobody's
     */
    String token(HttpServletRequest request, HttpServletResponse response, String who) {
        String nonce = nonce(request).orElseGet(() -> {
            byte[] bytes = new byte[16];
            RANDOM.nextBytes(bytes);
            String made = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            Cookies.set(request, response, COOKIE, made, "Strict", -1);
            return made;
        });
        return sign(nonce, who);
    }

    /** Has the browser given another cookie with the next page: what was made for the session before counts no more. */
    static void renew(HttpServletRequest request, HttpServletResponse response) {
        Cookies.set(request, response, COOKIE, "", "Strict", 0);
    }

    private static Optional<String> nonce(HttpServletRequest request) {
        return Cookies.get(request, COOKIE).filter(value -> NONCE.matcher(value).matches());
    }

    private String sign(String nonce, String who) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(nonce.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(who.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JVM has HmacSHA256", e);
        }
    }

    /** Refuses a request that changes something unless it comes from a page of ours, or from a program. */
    void check(HttpServletRequest request, boolean api, Optional<String> token, String who) {
        if (api) {
            if (request.getHeader("X-Belay-Request") == null) {
                throw new Refused(
                        403,
                        "The header X-Belay-Request is missing: a new UUID for each request, and the same one when it is"
                                + " sent again.");
            }
            return;
        }
        byte[] expected = nonce(request)
                .map(nonce -> sign(nonce, who).getBytes(StandardCharsets.US_ASCII))
                .orElseThrow(Csrf::tokenRefused);
        byte[] given = token.orElseThrow(Csrf::tokenRefused).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, given)) {
            throw tokenRefused();
        }
    }

    private static Refused tokenRefused() {
        return new Refused(
                403,
                "This form was not made for your present session. Nothing was changed. Load the page again, and repeat.");
    }

    /** Refuses what a browser says comes from elsewhere. Of what it says twice, each has to be so. */
    static void refuseOtherSites(HttpServletRequest request) {
        if (!all(request, "Sec-Fetch-Site").stream().allMatch("same-origin"::equals)) {
            throw new Refused(403, "This request comes from another site. Nothing was changed.");
        }
        String host = request.getHeader("Host");
        for (String origin : all(request, "Origin")) {
            if (!isOwn(origin, host, request.isSecure())) {
                throw new Refused(
                        403,
                        "This request comes from another site, or the dashboard goes by two names. Nothing was changed. If a"
                                + " proxy stands before the dashboard, let it pass on the header Host as the browser sent it.");
            }
        }
    }

    private static List<String> all(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }

    /** A page without TLS may be anybody's, and is none of ours where there is TLS. */
    private static boolean isOwn(String origin, @Nullable String host, boolean secure) {
        try {
            URI uri = URI.create(origin);
            String authority = uri.getRawAuthority();
            boolean scheme = "https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && !secure);
            return scheme
                    && authority != null
                    && host != null
                    && authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
