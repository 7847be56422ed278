package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
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
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;

    /** Tokens signed with {@code secret}, the same in all processes that serve one dashboard. */
    public Csrf(byte[] secret) {
        this.secret = secret.clone();
    }

    /** The token for the forms of a page; gives the browser its cookie if it has none. */
    String token(HttpServletRequest request, HttpServletResponse response, String who) {
        String nonce = nonce(request).orElseGet(() -> {
            byte[] bytes = new byte[16];
            RANDOM.nextBytes(bytes);
            String made = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            Cookies.set(request, response, "belay-csrf", made, "Strict", -1);
            return made;
        });
        return sign(nonce, who);
    }

    private static Optional<String> nonce(HttpServletRequest request) {
        return Cookies.get(request, "belay-csrf")
                .filter(value -> NONCE.matcher(value).matches());
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
        refuseOtherSites(request);
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

    private static void refuseOtherSites(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        String origin = request.getHeader("Origin");
        if ((site != null && !site.equals("same-origin"))
                || (origin != null && !isOwn(origin, request.getHeader("Host")))) {
            throw new Refused(403, "This request comes from another site. Nothing was changed.");
        }
    }

    private static boolean isOwn(String origin, @Nullable String host) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority != null
                    && host != null
                    && authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
