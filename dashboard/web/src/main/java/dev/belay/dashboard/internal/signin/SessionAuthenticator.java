package dev.belay.dashboard.internal.signin;

import dev.belay.dashboard.Authenticator;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.internal.web.Cookies;
import dev.belay.dashboard.internal.web.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Knows those who signed in on the dashboard's own page, by their cookie. */
public final class SessionAuthenticator implements Authenticator {
    /** The cookie's name; over TLS it begins with {@code __Host-}. */
    public static final String COOKIE = "belay-session";

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{43}");

    /** Where somebody may go who has to choose another password first. */
    private static final Set<String> BEFORE = Set.of("/settings/password", "/sign-out");

    private final SignIns signIns;

    /** Knows those whom {@code signIns} signed in. */
    public SessionAuthenticator(SignIns signIns) {
        this.signIns = signIns;
    }

    /** What a browser sent as the token of its session. */
    public static Optional<String> token(HttpServletRequest request) {
        return Cookies.get(request, COOKIE).filter(token -> TOKEN.matcher(token).matches());
    }

    @Override
    public Optional<Principal> authenticate(HttpServletRequest request) {
        Optional<SignIns.Session> session =
                token(request).flatMap(token -> signIns.session(token, !isByItself(request)));
        if (session.isPresent() && session.get().oneTime() && !BEFORE.contains(path(request))) {
            throw Refused.before(
                    "/settings/password",
                    "You signed in by a password that counts once. Choose one of your own first, at"
                            + " /settings/password of this dashboard.");
        }
        return session.map(found -> Principal.of(found.user(), found.role()));
    }

    private static String path(HttpServletRequest request) {
        return request.getRequestURI().substring((request.getContextPath() + request.getServletPath()).length());
    }

    /** Pages that keep themselves up to date are no sign of anybody there. */
    private static boolean isByItself(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return request.getHeader("X-Belay-Live") != null || (accept != null && accept.contains("text/event-stream"));
    }
}
