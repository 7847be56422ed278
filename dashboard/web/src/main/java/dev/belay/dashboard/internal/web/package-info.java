/** Requests and answers: routes and who may use them, and what every answer carries. */
@NullMarked
package dev.belay.dashboard.internal.web;

import org.jspecify.annotations.NullMarked;
