package dev.belay.dashboard.internal.store;

import java.util.UUID;

/**
 * A list that somebody has kept under a name.
 *
 * @param query what stands behind the question mark of its address
 * @param owner whoever kept it
 * @param shared whether everybody has it, or its owner alone
 */
public record SavedView(UUID id, String page, String name, String query, String owner, boolean shared) {}
