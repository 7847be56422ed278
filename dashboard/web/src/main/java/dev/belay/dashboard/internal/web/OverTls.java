package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/** A request that came over TLS as far as a proxy, and without it from there. */
final class OverTls extends HttpServletRequestWrapper {
    OverTls(HttpServletRequest request) {
        super(request);
    }

    @Override
    public boolean isSecure() {
        return true;
    }

    @Override
    public String getScheme() {
        return "https";
    }
}
