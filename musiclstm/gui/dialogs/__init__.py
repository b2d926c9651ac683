"""Dialogs and menu.

dialogs       opens each of them; menu: the window's menu
preferences   sound, takes, folders and appearance; help: help and about; seed
takes         everything that was played; take_list, take_details, take_picture, take_words: its parts
songs         the songs of the set list
rewrite       other music for bars of the past
last_take     what is said of takes at the start
"""
