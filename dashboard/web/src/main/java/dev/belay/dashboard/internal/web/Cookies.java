package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Optional;

/**
 * The cookies of the dashboard. Over TLS their names begin with {@code __Host-}, which browsers let only this very host set, and only
 * securely.
 */
public final class Cookies {
    private Cookies() {}

    /** The value of a cookie. */
    public static Optional<String> get(HttpServletRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        String full = full(request, name);
        return cookies == null
                ? Optional.empty()
                : Arrays.stream(cookies)
                        .filter(cookie -> cookie.getName().equals(full))
                        .map(Cookie::getValue)
                        .findFirst();
    }

    /** The colours somebody chose; a script of ours keeps them in a cookie that means nothing else. */
    static String theme(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        return cookies == null
                ? "auto"
                : Arrays.stream(cookies)
                        .filter(cookie -> cookie.getName().equals("belay-theme"))
                        .map(Cookie::getValue)
                        .filter(value -> value.equals("light") || value.equals("dark"))
                        .findFirst()
                        .orElse("auto");
    }

    /**
     * Sets a cookie that scripts cannot read.
     *
     * @param sameSite {@code Strict} or {@code Lax}
     * @param seconds how long it lasts; -1 for as long as the browser is open, 0 to take it away
     */
    public static void set(
            HttpServletRequest request,
            HttpServletResponse response,
            String name,
            String value,
            String sameSite,
            int seconds) {
        Cookie cookie = new Cookie(full(request, name), value);
        cookie.setPath("/");
        cookie.setHttpOnly(true);
        cookie.setSecure(request.isSecure());
        cookie.setMaxAge(seconds);
        cookie.setAttribute("SameSite", sameSite);
        response.addCookie(cookie);
    }

    private static String full(HttpServletRequest request, String name) {
        return request.isSecure() ? "__Host-" + name : name;
    }
}
