package dev.belay;

import java.util.List;

/**
 * Why a saga went back to a save-point.
 *
 * @param number the how manieth time, from 1
 * @param failure what had failed
 * @param undone the names of the steps and activities that were undone, in the order of undoing
 */
public record Replan(int number, Failure failure, List<String> undone) {}
