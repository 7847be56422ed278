package dev.belay.dashboard.internal.web;

/** The methods that routes have. GET never changes anything; POST always may. */
public enum Method {
    /** Reads. */
    GET,
    /** Changes. */
    POST
}
