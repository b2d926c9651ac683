"""Dialogs and menu.

dialogs       opens each of them; menu: the window's menu
preferences   sound, folders and appearance; help: help and about; recovery: takes that a crash cut off
"""
